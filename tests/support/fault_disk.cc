#include "tests/support/fault_disk.h"

#include <algorithm>

#include "tests/support/chance.h"

namespace chasqui::testing {

std::uint64_t FaultDisk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FaultDisk::on_operation(std::function<void(DiskOp, const std::string&)> watcher) {
  const std::lock_guard lock(mutex_);
  watcher_ = std::move(watcher);
}

void FaultDisk::fail(FaultPlan plan) {
  const std::lock_guard lock(mutex_);
  plan_ = std::move(plan);
  seen_by_plan_ = 0;
  has_failed_ = false;
}

void FaultDisk::heal() {
  const std::lock_guard lock(mutex_);
  plan_ = {};
}

bool FaultDisk::has_failed() const {
  const std::lock_guard lock(mutex_);
  return has_failed_;
}

void FaultDisk::hold_syncs() {
  const std::lock_guard lock(mutex_);
  hold_syncs_ = true;
}

void FaultDisk::wait_for_held_sync() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return held_ > 0; });
}

void FaultDisk::release_syncs() {
  const std::lock_guard lock(mutex_);
  hold_syncs_ = false;
  changed_.notify_all();
}

int FaultDisk::begin(DiskOp op, const std::string& name) {
  std::function<void(DiskOp, const std::string&)> watcher;
  {
    const std::lock_guard lock(mutex_);
    if (op != DiskOp::read) {
      ++operations_;
      watcher = watcher_;
    }
  }
  if (watcher) watcher(op, name);  // outside the lock: it looks at this disk
  const std::lock_guard lock(mutex_);
  if (std::find(plan_.on.begin(), plan_.on.end(), op) == plan_.on.end()) return 0;
  const std::uint64_t number = ++seen_by_plan_;
  if (number < plan_.nth || number - plan_.nth >= plan_.times) return 0;
  has_failed_ = true;
  return plan_.code;
}

FaultDisk::Names FaultDisk::names_after(const Survival& survival) const {
  if (survival.names == Survival::Names::none) return durable_names_;
  if (survival.names == Survival::Names::all) return names_;
  Chance chance(survival.seed);
  Names found = durable_names_;
  for (const auto& [name, file] : names_)
    if (chance.one_in(2)) found[name] = file;
  for (const auto& [name, file] : durable_names_)
    if (!names_.contains(name) && chance.one_in(2)) found.erase(name);
  return found;
}

std::unique_ptr<FaultDisk> FaultDisk::after_kill() const {
  auto disk = std::make_unique<FaultDisk>();
  const std::lock_guard lock(mutex_);
  for (const auto& [name, file] : names_) disk->names_[name] = std::make_shared<DiskFile>(*file);
  for (const auto& [name, file] : durable_names_) {
    const auto same = names_.find(name);
    disk->durable_names_[name] =
        same != names_.end() && same->second == file ? disk->names_[name] : std::make_shared<DiskFile>(*file);
  }
  return disk;
}

std::unique_ptr<FaultDisk> FaultDisk::after_power_cut(const Survival& survival) const {
  auto disk = std::make_unique<FaultDisk>();
  const std::lock_guard lock(mutex_);
  std::uint64_t seed = survival.seed;
  for (const auto& [name, file] : names_after(survival)) disk->put_synced(name, file->after_power_cut(survival, ++seed));
  return disk;
}

void FaultDisk::cut_power(const Survival& survival) {
  const auto found = after_power_cut(survival);
  const std::lock_guard lock(mutex_);
  ++era_;
  names_ = found->names_;
  durable_names_ = found->durable_names_;
}

bool FaultDisk::exists(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return names_.contains(name);
}

std::string FaultDisk::content(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const DiskBytes& bytes = names_.at(name)->content();
  std::string out(bytes.size(), '\0');
  bytes.read(0, out.data(), out.size());
  return out;
}

void FaultDisk::put(const std::string& name, const std::string& content) {
  DiskBytes bytes;
  bytes.write(0, content);
  put_synced(name, bytes);
}

void FaultDisk::put_synced(const std::string& name, const DiskBytes& bytes) {
  const std::lock_guard lock(mutex_);
  durable_names_[name] = names_[name] = std::make_shared<DiskFile>(bytes);
}

std::uint64_t FaultDisk::era() const {
  const std::lock_guard lock(mutex_);
  return era_;
}

FaultDisk::File FaultDisk::open(const std::string& name, bool create, bool& created, int& code) {
  {
    const std::lock_guard lock(mutex_);
    created = false;
    if (const auto it = names_.find(name); it != names_.end()) return it->second;
  }
  if (!create) return nullptr;
  if (code = begin(DiskOp::create, name); code != 0) return nullptr;
  const std::lock_guard lock(mutex_);
  created = true;
  return names_[name] = std::make_shared<DiskFile>();
}

int FaultDisk::remove(const std::string& name, bool sync_directory) {
  if (const int code = begin(DiskOp::remove, name); code != 0) return code;
  const std::lock_guard lock(mutex_);
  names_.erase(name);
  if (sync_directory) durable_names_ = names_;
  return 0;
}

int FaultDisk::write(DiskFile& file, const std::string& name, std::uint64_t offset, std::string_view bytes) {
  if (const int code = begin(DiskOp::write, name); code != 0) return code;
  const std::lock_guard lock(mutex_);
  file.write(offset, bytes);
  return 0;
}

int FaultDisk::truncate(DiskFile& file, const std::string& name, std::uint64_t size) {
  if (const int code = begin(DiskOp::truncate, name); code != 0) return code;
  const std::lock_guard lock(mutex_);
  file.truncate(size);
  return 0;
}

int FaultDisk::sync(DiskFile& file, const std::string& name, bool sync_directory) {
  const int code = begin(DiskOp::sync, name);
  std::unique_lock lock(mutex_);
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !hold_syncs_; });
  --held_;
  if (code != 0) {
    file.lose_unsynced();
    return code;
  }
  file.sync();
  if (sync_directory) durable_names_ = names_;
  return 0;
}

int FaultDisk::read(const DiskFile& file, const std::string& name, std::uint64_t offset, char* to, std::size_t size,
                    std::size_t& got) {
  if (const int code = begin(DiskOp::read, name); code != 0) return code;
  const std::lock_guard lock(mutex_);
  got = file.content().read(offset, to, size);
  return 0;
}

std::uint64_t FaultDisk::size(const DiskFile& file) const {
  const std::lock_guard lock(mutex_);
  return file.content().size();
}

}  // namespace chasqui::testing
