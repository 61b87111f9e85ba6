"""Journey maps: the measured tables of a level put together as one finished value."""
