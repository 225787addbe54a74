"""The bare views' door for granian: the site's settings, but for its addresses and middleware."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tests.bench.counting import counting

# First as the site is, because its apps ask for their middleware when they start; then bare.
django.setup()
settings.ROOT_URLCONF = "tests.bench.bare"
settings.MIDDLEWARE = []
application = counting(get_wsgi_application())
