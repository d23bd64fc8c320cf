#pragma once

/// The files of schema `queue`: path and text of each in turn, in the order in which an empty database runs them; NULL ends them.
const char *const _Nullable *_Nonnull task_queue_files(void);
