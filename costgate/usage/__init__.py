"""Measured usage: from exports of tracing tools, gateways and providers to figures for call sites and workloads."""
