"""What every test shares: no telemetry, and few Hypothesis examples unless asked for more."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.update(DO_NOT_TRACK="true", MLFLOW_DISABLE_TELEMETRY="true", PREFECT_SERVER_ANALYTICS_ENABLED="false")

# Every example checks real files, so the time of one says nothing, and tmp_path may be shared between examples.
settings.register_profile(
    "vafa", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("thorough", parent=settings.get_profile("vafa"), max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "vafa"))
