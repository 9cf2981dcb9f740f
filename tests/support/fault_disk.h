// A disk in memory that forgets what was not synced, and fails when told to. tests/support/fault_vfs.h puts SQLite on it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/disk_file.h"

namespace chasqui::testing {

/// What a program can do to a disk; `read` is not counted as an operation, for it leaves nothing behind.
enum class DiskOp : std::uint8_t { create, write, truncate, sync, remove, read };

/// Which operations fail, counted from when the plan is made.
struct FaultPlan {
  std::vector<DiskOp> on;
  std::uint64_t nth = 1;    ///< 1 = the next one of these
  std::uint64_t times = 1;  ///< how many fail in a row
  int code = 0;             ///< SQLite's word for it: SQLITE_FULL, SQLITE_IOERR_WRITE, …
  static constexpr std::uint64_t for_ever = ~std::uint64_t{0};
};

/// Files by name. Safe to use from several threads; what is set up (plans, watchers) belongs to the test's thread.
class FaultDisk {
 public:
  FaultDisk() = default;
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  // For tests.
  std::uint64_t operations() const;
  /// Called before each operation is done, on the thread that does it: every boundary between two passes here once.
  void on_operation(std::function<void(DiskOp, const std::string& file)> watcher);
  void fail(FaultPlan plan);
  void heal();
  /// Whether the last plan has struck; healing does not change that.
  bool has_failed() const;
  /// Syncs begin and do not end until they are let go: a slow disk.
  void hold_syncs();
  void wait_for_held_sync();
  void release_syncs();
  /// The disk as the next process finds it if this one is killed now: the machine goes on, what is unsynced stays unsynced.
  std::unique_ptr<FaultDisk> after_kill() const;
  /// The disk that would be found if the power went now; this one goes on.
  std::unique_ptr<FaultDisk> after_power_cut(const Survival& survival) const;
  /// The power goes now: whatever is open fails from here on, whoever opens next finds what survived.
  void cut_power(const Survival& survival);
  bool exists(const std::string& name) const;
  std::string content(const std::string& name) const;
  void put(const std::string& name, const std::string& content);

  // For the VFS.
  using File = std::shared_ptr<DiskFile>;
  /// Stands for the time between two power cuts; an open file of an earlier one is dead.
  std::uint64_t era() const;
  /// @return null when it is not there, or could not be made (`code` says why).
  File open(const std::string& name, bool create, bool& created, int& code);
  int remove(const std::string& name, bool sync_directory);
  int write(DiskFile& file, const std::string& name, std::uint64_t offset, std::string_view bytes);
  int truncate(DiskFile& file, const std::string& name, std::uint64_t size);
  int sync(DiskFile& file, const std::string& name, bool sync_directory);
  int read(const DiskFile& file, const std::string& name, std::uint64_t offset, char* to, std::size_t size, std::size_t& got);
  std::uint64_t size(const DiskFile& file) const;

 private:
  using Names = std::map<std::string, File>;

  // Counts the operation and tells the watcher. @return the code with which it must fail, or 0.
  int begin(DiskOp op, const std::string& name);
  Names names_after(const Survival& survival) const;
  void put_synced(const std::string& name, const DiskBytes& bytes);

  mutable std::mutex mutex_;  // guards everything below and the files' bytes
  std::condition_variable changed_;
  Names names_;          // as programs see them
  Names durable_names_;  // as the synced directory has them
  std::uint64_t era_ = 1;
  std::uint64_t operations_ = 0;
  FaultPlan plan_;
  std::uint64_t seen_by_plan_ = 0;
  bool has_failed_ = false;
  bool hold_syncs_ = false;
  std::size_t held_ = 0;
  std::function<void(DiskOp, const std::string&)> watcher_;
};

}  // namespace chasqui::testing
