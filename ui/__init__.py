"""What the pages share: the frame around them, the few caches, charts and components. Uses workflows alone."""
