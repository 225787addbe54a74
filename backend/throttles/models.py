"""The counts. Whom they are about cannot be read from them."""

from django.db import models


class Window(models.Model):
    """How often one thing was done by one subject between two moments.

    `key` is a keyed digest of both, so that no address of a person or a network is kept.
    """

    key = models.CharField(max_length=64)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "begins_at"], name="window_once_per_key"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("begins_at")), name="window_has_a_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} since {self.begins_at:%Y-%m-%d %H:%M:%S}"
