#!/usr/bin/env bash
# Ends the job as the report's verdict says.
set -euo pipefail

exec "$COSTGATE" verdict "$REPORT"
