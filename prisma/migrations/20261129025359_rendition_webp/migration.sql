-- AlterEnum
ALTER TYPE "RenditionProfile" ADD VALUE 'WEBP';


