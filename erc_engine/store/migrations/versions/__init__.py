"""One file per revision, never changed once released. `schema.REVISIONS` lists them in order."""
