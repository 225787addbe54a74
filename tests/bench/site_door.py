"""The site's door for granian: the site as it is, which can be asked to forget and to count."""

from backend.config.wsgi import application as django_application
from tests.bench.counting import counting
from tests.bench.forgetting import forgetting

application = counting(forgetting(django_application))
