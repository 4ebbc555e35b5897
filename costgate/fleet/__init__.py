"""Audits of many repositories: a list in, a folder of reports out, through a Dask cluster."""
