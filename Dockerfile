# ERC Studio. CPU torch by default; for a GPU: docker build --build-arg TORCH_INDEX=https://pypi.org/simple .
FROM python:3.11-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/erc
ENV PATH=/opt/erc/bin:$PATH
WORKDIR /source
COPY requirements.txt .
RUN pip install --index-url "$TORCH_INDEX" --extra-index-url https://pypi.org/simple "$(grep '^torch==' requirements.txt)" \
 && pip install -r requirements.txt
COPY . .
RUN pip install --no-deps .

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 erc && mkdir /workspace && chown erc /workspace
COPY --from=build /opt/erc /opt/erc
ENV PATH=/opt/erc/bin:$PATH ERC_HOME=/workspace PYTHONUNBUFFERED=1
USER 1000
WORKDIR /home/erc
VOLUME /workspace
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
# Inside a container the port is published by who starts it: publish it on 127.0.0.1 unless a login stands in front.
CMD ["erc", "app", "--address", "0.0.0.0", "--anyone"]
