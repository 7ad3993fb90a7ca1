# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/antam \
 && /opt/antam/bin/pip install torch==2.13.0 \
 && /opt/antam/bin/pip install -r requirements.txt
COPY pyproject.toml README.md ./
COPY bot bot
COPY config config
COPY handlers handlers
COPY knowledge knowledge
COPY retrieval retrieval
COPY migrations migrations
RUN /opt/antam/bin/pip install --no-deps .

FROM python:3.11-slim-bookworm
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-vie antiword \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --home-dir /home/antam antam \
 && install -d -o antam -g antam /var/lib/antam
COPY --from=build /opt/antam /opt/antam
ENV PATH=/opt/antam/bin:$PATH PYTHONUNBUFFERED=1 ANTAM_DATA_DIR=/var/lib/antam HOST=0.0.0.0 PORT=8000
USER 10001
WORKDIR /home/antam
VOLUME /var/lib/antam
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "bot", "serve"]
