"""What a committee fills in about its campaign: a later deadline, or what happens below minimum."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backend.projects.deadlines import LONGEST_EXTENSION_DAYS, deadline_on

LONGEST_REASON = 500


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Why"),
        help_text=_("Everybody can read it on the project’s page, in the words you write here."),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Say in public why you decide so.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExtensionForm(forms.Form):
    """Takes the day on which the campaign now closes, at the hour it had."""

    day = forms.DateField(
        label=_("Last day"),
        error_messages={"required": _("Choose the new last day.")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    reason = _reason()

    def __init__(self, *args, closes_at: datetime, zone: str, **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Offer the days after the one on which the campaign closes now."""
        super().__init__(*args, **kwargs)
        self.closes = closes_at.astimezone(ZoneInfo(zone))
        self.zone = zone
        first, last = self.closes.date() + timedelta(days=1), self._last
        self.fields["day"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        self.fields["day"].initial = first + timedelta(days=13)

    @property
    def _last(self) -> date:
        return self.closes.date() + timedelta(days=LONGEST_EXTENSION_DAYS)

    def clean_day(self) -> date:
        """Give a day that is later, and by a month at most."""
        day: date = self.cleaned_data["day"]
        if not self.closes.date() < day <= self._last:
            raise forms.ValidationError(
                _now("Choose a day after the present last one, and at most 30 days later.")
            )
        return day

    @property
    def moment(self) -> datetime:
        """The new deadline: that day, at the hour at which the campaign would have closed."""
        return deadline_on(self.cleaned_data["day"], self.closes.time(), self.zone)


class DecisionForm(forms.Form):
    """Takes what becomes of a project that ended below its minimum."""

    way = forms.ChoiceField(
        label=_("What do you decide?"),
        choices=[
            ("ahead", _("Go ahead with what is here")),
            ("back", _("Pay every gift back")),
        ],
        error_messages={"required": _("Choose one of the two.")},
        widget=forms.RadioSelect,
    )
    reason = _reason()
