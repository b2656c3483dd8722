-- CreateEnum
CREATE TYPE "IdempotentCallState" AS ENUM ('RUNNING', 'ANSWERED', 'LOST');

-- CreateTable
CREATE TABLE "IdempotentCall" (
    "userId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" CHAR(64) NOT NULL,
    "requestId" TEXT NOT NULL,
    "state" "IdempotentCallState" NOT NULL DEFAULT 'RUNNING',
    "answer" TEXT,
    "claimedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "aliveAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "IdempotentCall_pkey" PRIMARY KEY ("userId","key")
);

-- CreateIndex
CREATE INDEX "IdempotentCall_claimedAt_idx" ON "IdempotentCall"("claimedAt");
