# Centrala in one image: the front end is built, the packages are installed, and only what serves is kept.

FROM node:20-bookworm-slim AS ui
WORKDIR /build/web/ui
COPY web/ui/package.json web/ui/package-lock.json web/ui/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/locales /build/web/locales
COPY web/ui ./
COPY web/widget /build/web/widget
RUN ln -s ../ui/node_modules /build/web/widget/node_modules && npm run build

# Not the slim one: it has the C compiler for the native packet path.
FROM python:3.11-bookworm AS packages
COPY requirements.lock /
RUN python -m venv /opt/centrala/.venv \
    && /opt/centrala/.venv/bin/pip install --no-cache-dir --require-hashes -r /requirements.lock
WORKDIR /build
COPY rtc/__init__.py rtc/
# The C code has its numbers from there.
COPY rtc/kernel rtc/kernel
COPY rtc/wire rtc/wire
COPY rtc/native rtc/native
RUN /opt/centrala/.venv/bin/python -m rtc.native.build

FROM python:3.11-slim-bookworm AS server
WORKDIR /opt/centrala
COPY . .
RUN mkdir /kept \
    && for package in core storage rtc whiteboard outward files accounts conversations desk signaling web server scripts; do mv "$package" /kept/; done \
    && rm -rf /kept/web/ui /kept/web/widget \
    && mv LICENSE pyproject.toml /kept/

FROM python:3.11-slim-bookworm
# pg_dump, psql and pg_restore: `python -m scripts.backup` on PostgreSQL. Its major version must not be older than the server's.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /opt/centrala --shell /usr/sbin/nologin centrala \
    && install -d -o centrala -g centrala -m 0700 /data /backups
WORKDIR /opt/centrala
COPY --from=packages /opt/centrala/.venv .venv
COPY --from=server /kept/ ./
COPY --from=packages /build/rtc/native rtc/native
COPY --from=ui /build/web/ui/dist web/ui/dist
COPY --from=ui /build/web/widget/dist web/widget/dist
RUN .venv/bin/python -m compileall -q core storage rtc whiteboard outward files accounts conversations desk signaling web server

ENV PATH=/opt/centrala/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORT=8080 \
    CENTRALA_HOST=0.0.0.0 \
    CENTRALA_MEDIA_PORT=8081 \
    CENTRALA_DATA_DIR=/data
USER centrala
VOLUME ["/data"]
EXPOSE 8080/tcp 8081/udp 8081/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=2)"]
CMD ["python", "-m", "server"]
