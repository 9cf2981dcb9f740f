// SQLite on a FaultDisk: the file system that sqlite::JournalOptions::vfs asks for in tests.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/support/fault_disk.h"

namespace chasqui::testing {

/// Registers a VFS of its own name for the life of this object. Does what SQLite's unix VFS does, for one process: locks and
/// the shared memory of the log are real, so several connections, read-only ones too, may be open, also on several threads.
/// Must outlive every connection that was opened through it.
class FaultVfs {
 public:
  explicit FaultVfs(FaultDisk& disk);
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  FaultDisk& disk() { return disk_; }

  struct Shared;  // what the connections to one file share
  struct OpenFile;

 private:
  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags);
  std::shared_ptr<Shared> shared_for(const DiskFile& file);

  FaultDisk& disk_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::mutex mutex_;  // guards shared_
  std::map<const DiskFile*, std::weak_ptr<Shared>> shared_;
};

}  // namespace chasqui::testing
