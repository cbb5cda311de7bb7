import { isGrpcServiceError } from '@temporalio/client'

/** The status codes of gRPC that mean something to us; `refused` is what a server says that does not let us. */
export const grpc = { invalidArgument: 3, notFound: 5, alreadyExists: 6, refused: [7, 12, 16] }

/** Null for an error of another kind. */
export function grpcCodeOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? Number(error.code) : null
}
