#pragma once

/// The files of schema `trabecula`: the study, and its kinds of task.
///
/// Path and text of each file in turn, in the order in which an empty database runs them; NULL ends them.
const char *const _Nullable *_Nonnull study_files(void);

/// The text of the top-level `schema.sql`.
const char *_Nonnull schema_contents(void);
