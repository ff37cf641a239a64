"""The parts of the Datasets page: import, browse, audit, versions, export. Each draws one of its sections."""
