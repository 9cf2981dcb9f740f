// The directory that one process holds.
#pragma once

#include <string>

#include "core/result.h"

namespace chasqui::system {

/// Holds the lock of a data directory until it is destroyed or the process ends, however it ends.
class DataDirectory {
 public:
  /// Makes the directory (mode 0700) when it is not there, and locks it.
  /// @return conflict, with who holds it and since when; unavailable when it cannot be made or locked.
  static Result<DataDirectory> open(const std::string& path);

  ~DataDirectory();
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&& other) noexcept;

 private:
  explicit DataDirectory(int lock) : lock_(lock) {}
  int lock_ = -1;
};

}  // namespace chasqui::system
