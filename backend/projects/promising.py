"""What a project promises, word for word, as it is frozen when the project is published.

The one rule: what is frozen is plain JSON, complete in itself, and its digest is taken over the
canonical form, so that anybody who has the words can tell whether they are still the same.
"""

import hashlib
import json
from typing import Any

from backend.projects.models import Project


def promised_by(project: Project) -> dict[str, Any]:
    """Return everything that the project says it will do, and for how much, and by when."""
    return {
        "title": project.title,
        "summary": project.summary,
        "expected": project.expected,
        "risks": project.risks,
        "home_city": project.home_city.slug,
        "twin_city": project.twin_city.slug,
        "campaign": project.campaign,
        "currency": project.currency,
        "goal_minor": project.goal_minor,
        "minimum_minor": project.minimum_minor,
        "opens_at": project.opens_at.isoformat(),
        "closes_at": project.closes_at.isoformat(),
        "budget_lines": [
            {
                "label": line.label,
                "kind": line.kind,
                "amount_minor": line.amount_minor,
                "is_required": line.is_required,
                "month": line.month.isoformat() if line.month else None,
            }
            for line in project.budget_lines.all()
        ],
        "milestones": [
            {
                "label": step.label,
                "amount_minor": step.amount_minor,
                "due_on": step.due_on.isoformat(),
            }
            for step in project.milestones.all()
        ],
        "exchanges": [
            {"label": exchange.label, "direction": exchange.direction}
            for exchange in project.exchanges.all()
        ],
    }


def digest_of(words: dict[str, Any]) -> str:
    """Return the SHA-256 of the words in their canonical form."""
    canonical = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
