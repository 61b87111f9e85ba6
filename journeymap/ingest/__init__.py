"""Sources to checked events to the store: readers, names, identity, quarantine."""
