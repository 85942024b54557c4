"""The edge: flows, settings, the command, and the workbench of data scientists.

Nothing phones home. Prefect and MLflow read these switches when they are imported, which in this room can only be
after this file, whichever door is taken: the command, a deployment of a flow, a notebook.
"""

import os

os.environ["DO_NOT_TRACK"] = "true"
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
