"""The same run on Ray: the driver keeps plan and journal, workers on any number of machines read, convert and write."""
