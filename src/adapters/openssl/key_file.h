// The key that secrets are sealed with: a file of its own beside the data.
#pragma once

#include <string>

#include "core/result.h"

namespace chasqui {

/// Reads the 32-byte key at `path`; makes it (mode 0600, durable) when neither it nor `guarded` exists.
/// @param guarded  the file whose secrets the key opens: if that is there and the key is not, a new key would only hide the loss.
/// @return conflict when others may read the file, corrupt when it has another size or is missing, unavailable when it
///         cannot be read or made. Each names the path and the fix.
Result<std::string> load_or_make_key(const std::string& path, const std::string& guarded);

/// 32 random bytes, for a process that stores nothing.
std::string random_key();

}  // namespace chasqui
