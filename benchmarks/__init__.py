"""Measurements that anybody can run again; none of this is part of the package."""
