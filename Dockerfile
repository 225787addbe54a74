# One image for web, worker, migrations and sandbox; compose says which of them a container is.
FROM python:3.11-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/base.txt

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /site --shell /usr/sbin/nologin twinfund
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=backend.config.settings
WORKDIR /site
COPY manage.py ./
COPY backend backend
COPY frontend frontend
COPY sandbox sandbox
# Translations and static files are part of the image: a container starts with nothing to make.
# The mode is not `test`, whose files get no hashed names, nor `production`, which wants secrets.
# The folder `var` is the account's own; everything else belongs to root and cannot be changed.
RUN python -m backend.config.catalogues \
    && TWINFUND_MODE=demo STATIC_ROOT=/site/static python manage.py collectstatic --no-input --skip-checks -v 0 \
    && install -d -o twinfund -g twinfund /site/var
ENV STATIC_ROOT=/site/static TWINFUND_MODE=production
USER twinfund
EXPOSE 8000
CMD ["granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--workers=2", \
     "--blocking-threads=1", "--http=1", "--no-ws", "--log-level=warning", \
     "--respawn-failed-workers", "--workers-kill-timeout=10", "backend.config.wsgi:application"]
