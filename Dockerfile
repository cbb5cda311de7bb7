# One image for every part: `api`, `worker`, `migrate`, or `start` (API and worker in one process).

FROM node:22-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:22-slim
# The Temporal client checks TLS certificates against the system's; the slim image has none.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY . .
ENV NODE_ENV=production HOST=0.0.0.0 LEADLINE_HOME=/data
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 4000
ENTRYPOINT ["node", "--import", "tsx", "cli/main.ts"]
CMD ["start"]
