#pragma once

/// What `worker verify` goes by: parameter files of Examples, reference values that may be redistributed, and known digests.
///
/// Path and text of each file in turn, configurations in the order in which they are told; NULL ends them.
const char *const _Nullable *_Nonnull verification_files(void);
