-- CreateEnum
CREATE TYPE "Role" AS ENUM ('VIEWER', 'EDITOR', 'ADMIN');

-- CreateEnum
CREATE TYPE "UserKind" AS ENUM ('PERSON', 'SERVICE');

-- CreateEnum
CREATE TYPE "MediaKind" AS ENUM ('VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT', 'OTHER');

-- CreateEnum
CREATE TYPE "MediaStatus" AS ENUM ('PROCESSING', 'READY', 'FAILED');

-- CreateEnum
CREATE TYPE "RenditionProfile" AS ENUM ('THUMBNAIL', 'GIF', 'WEBM');

-- CreateEnum
CREATE TYPE "RenditionStatus" AS ENUM ('QUEUED', 'PROCESSING', 'READY', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "UploadStatus" AS ENUM ('WAITING', 'RECEIVING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED');

-- CreateTable
CREATE TABLE "User" (
    "id" UUID NOT NULL,
    "externalId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "UserKind" NOT NULL DEFAULT 'PERSON',
    "role" "Role" NOT NULL DEFAULT 'VIEWER',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Media" (
    "id" UUID NOT NULL,
    "externalId" TEXT,
    "title" TEXT NOT NULL,
    "fileName" TEXT NOT NULL,
    "originalFileName" TEXT NOT NULL,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "kind" "MediaKind" NOT NULL,
    "mimeType" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "sha256" CHAR(64) NOT NULL,
    "status" "MediaStatus" NOT NULL,
    "uploadedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uploadedById" UUID,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),
    "currentVersionId" UUID NOT NULL,

    CONSTRAINT "Media_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MediaVersion" (
    "id" UUID NOT NULL,
    "mediaId" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "status" "MediaStatus" NOT NULL DEFAULT 'PROCESSING',
    "failure" JSONB,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "originalFileName" TEXT NOT NULL,
    "kind" "MediaKind" NOT NULL,
    "mimeType" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "sha256" CHAR(64) NOT NULL,
    "durationSeconds" DOUBLE PRECISION,
    "width" INTEGER,
    "height" INTEGER,
    "note" TEXT,
    "declaredType" TEXT,
    "profiles" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdById" UUID,

    CONSTRAINT "MediaVersion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Blob" (
    "sha256" CHAR(64) NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Blob_pkey" PRIMARY KEY ("sha256")
);

-- CreateTable
CREATE TABLE "Rendition" (
    "id" UUID NOT NULL,
    "versionId" UUID NOT NULL,
    "profile" "RenditionProfile" NOT NULL,
    "status" "RenditionStatus" NOT NULL DEFAULT 'QUEUED',
    "percent" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failure" JSONB,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "mimeType" TEXT,
    "sizeBytes" BIGINT,
    "sha256" CHAR(64),
    "width" INTEGER,
    "height" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Rendition_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Upload" (
    "id" UUID NOT NULL,
    "mediaId" UUID NOT NULL,
    "ownerId" UUID NOT NULL,
    "fileName" TEXT NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "receivedBytes" BIGINT NOT NULL DEFAULT 0,
    "status" "UploadStatus" NOT NULL DEFAULT 'WAITING',
    "failure" JSONB,
    "declaredType" TEXT,
    "declaredSha256" CHAR(64),
    "externalId" TEXT,
    "title" TEXT,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "note" TEXT,
    "profiles" JSONB,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Upload_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
    "action" TEXT NOT NULL,
    "actorId" UUID,
    "nodeType" TEXT NOT NULL,
    "nodeId" UUID NOT NULL,
    "mediaId" UUID,
    "data" JSONB NOT NULL,
    "requestId" TEXT,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_externalId_key" ON "User"("externalId");

-- CreateIndex
CREATE UNIQUE INDEX "Media_externalId_key" ON "Media"("externalId");

-- CreateIndex
CREATE UNIQUE INDEX "Media_currentVersionId_key" ON "Media"("currentVersionId");

-- CreateIndex
CREATE INDEX "Media_uploadedAt_id_idx" ON "Media"("uploadedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_kind_uploadedAt_id_idx" ON "Media"("kind", "uploadedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_status_uploadedAt_id_idx" ON "Media"("status", "uploadedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_sha256_idx" ON "Media"("sha256");

-- CreateIndex
CREATE INDEX "MediaVersion_sha256_idx" ON "MediaVersion"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "MediaVersion_mediaId_number_key" ON "MediaVersion"("mediaId", "number");

-- CreateIndex
CREATE INDEX "Rendition_sha256_idx" ON "Rendition"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "Rendition_versionId_profile_key" ON "Rendition"("versionId", "profile");

-- CreateIndex
CREATE UNIQUE INDEX "Upload_mediaId_key" ON "Upload"("mediaId");

-- CreateIndex
CREATE INDEX "Upload_ownerId_createdAt_idx" ON "Upload"("ownerId", "createdAt" DESC);

-- CreateIndex
CREATE INDEX "Upload_status_expiresAt_idx" ON "Upload"("status", "expiresAt");

-- CreateIndex
CREATE INDEX "Event_mediaId_at_id_idx" ON "Event"("mediaId", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Event_at_id_idx" ON "Event"("at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "Media" ADD CONSTRAINT "Media_uploadedById_fkey" FOREIGN KEY ("uploadedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Media" ADD CONSTRAINT "Media_currentVersionId_fkey" FOREIGN KEY ("currentVersionId") REFERENCES "MediaVersion"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaVersion" ADD CONSTRAINT "MediaVersion_mediaId_fkey" FOREIGN KEY ("mediaId") REFERENCES "Media"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaVersion" ADD CONSTRAINT "MediaVersion_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "Blob"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaVersion" ADD CONSTRAINT "MediaVersion_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rendition" ADD CONSTRAINT "Rendition_versionId_fkey" FOREIGN KEY ("versionId") REFERENCES "MediaVersion"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rendition" ADD CONSTRAINT "Rendition_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "Blob"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Upload" ADD CONSTRAINT "Upload_ownerId_fkey" FOREIGN KEY ("ownerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A media and its first version refer to each other: the one that comes first is checked when both are there.
ALTER TABLE "Media" ALTER CONSTRAINT "Media_currentVersionId_fkey" DEFERRABLE INITIALLY DEFERRED;

-- The log is append-only, for its owner too: whoever would change it has to drop these triggers first.
CREATE FUNCTION "refuseEventChange"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The event log is append-only: % refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER "Event_append_only"
  BEFORE UPDATE OR DELETE OR TRUNCATE ON "Event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuseEventChange"();

-- A media and its current version point at each other: both are inserted in one transaction and checked at its end.
ALTER TABLE "Media" ALTER CONSTRAINT "Media_currentVersionId_fkey" DEFERRABLE INITIALLY DEFERRED;
