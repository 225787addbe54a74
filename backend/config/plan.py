"""What the demo starts, and with which environment: facts only, nothing starts here."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.config.steps import DemoRefused, kept_secret

ROOT = Path(__file__).resolve().parents[2]
SANDBOX_KEY = "sk_test_sandbox"
WEB_APPLICATION = "backend.config.wsgi:application"
WEB_OPTIONS = (
    "--interface=wsgi",
    "--host=127.0.0.1",
    "--workers=2",
    "--blocking-threads=1",
    "--http=1",
    "--no-ws",
    "--log-level=warning",
    "--respawn-failed-workers",
    "--respawn-interval=0.5",
    "--workers-kill-timeout=5",
)
# What a command beside the demo has to know, too.
SHARED = (
    "DATABASE_URL",
    "PORT",
    "SANDBOX_PORT",
    "SECRET_KEY",
    "SITE_URL",
    "STRIPE_API_BASE",
    "STRIPE_PULL_SECONDS",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "TWINFUND_MODE",
)


@dataclass(frozen=True)
class Plan:
    """What the caller's environment asks for."""

    port: int
    sandbox_port: int
    database_url: str
    var: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Plan":
        """Read the plan from `environment`.

        Raises DemoRefused for a port that is none, and for one port for both.
        """
        port = port_in(environment, "PORT", 8000)
        sandbox_port = port_in(environment, "SANDBOX_PORT", 8420)
        if port == sandbox_port:
            # Both are free now, and both programs would open it: the system shares it out.
            raise DemoRefused(f"PORT and SANDBOX_PORT must differ, and both are {port}.")
        return cls(
            port=port,
            sandbox_port=sandbox_port,
            database_url=environment.get("DATABASE_URL", ""),
            var=Path(environment.get("TWINFUND_VAR") or ROOT / "var").absolute(),
        )

    @property
    def address(self) -> str:
        """Where people go: the name by which browsers allow passkeys without https."""
        return f"http://localhost:{self.port}"

    @property
    def webhook_address(self) -> str:
        """Where the sandbox sends its events."""
        return f"http://127.0.0.1:{self.port}/webhooks/stripe/"

    def environment(self, caller: Mapping[str, str], database_url: str) -> dict[str, str]:
        """Return the environment of the demo's children: the caller's, and over it our own."""
        own = {
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "backend.config.settings",
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "SANDBOX_PORT": str(self.sandbox_port),
            "SECRET_KEY": kept_secret(self.var / "secret-key"),
            "SITE_URL": self.address,
            "STRIPE_API_BASE": f"http://127.0.0.1:{self.sandbox_port}",
            "STRIPE_PULL_SECONDS": caller.get("STRIPE_PULL_SECONDS") or "20",
            # Never the caller's: a live key has no business in a demo.
            "STRIPE_SECRET_KEY": SANDBOX_KEY,
            "TWINFUND_MODE": "demo",
            "TWINFUND_VAR": str(self.var),
        }
        return {**caller, **own}

    def command(self, name: str) -> list[str]:
        """Return the command line of the child `name`."""
        folder = self.var / "sandbox"
        words = {
            "sandbox": ["-m", "sandbox", f"--port={self.sandbox_port}", f"--folder={folder}"],
            "worker": ["manage.py", "work"],
            "web": ["-m", "granian", *WEB_OPTIONS, f"--port={self.port}", WEB_APPLICATION],
        }
        return [sys.executable, *words[name]]


def port_in(environment: Mapping[str, str], variable: str, usual: int) -> int:
    """Return the port that `variable` names. Raises DemoRefused if it names none."""
    text = environment.get(variable) or str(usual)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise DemoRefused(f"{variable} must be a number from 1 to 65535, and is “{text}”.")
    return int(text)
