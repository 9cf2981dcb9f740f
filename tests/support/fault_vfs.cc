#include "tests/support/fault_vfs.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <vector>

namespace chasqui::testing {

// Locks as sqlite3_io_methods describes them (https://www.sqlite.org/c3ref/io_methods.html and
// https://www.sqlite.org/lockingv3.html, read 2026-11).
struct FaultVfs::Shared {
  struct ShmSlot {
    std::size_t shared = 0;
    bool exclusive = false;
  };
  std::mutex mutex;                                    // guards all below
  std::vector<std::pair<const OpenFile*, int>> locks;  // who holds more than SQLITE_LOCK_NONE
  std::array<ShmSlot, SQLITE_SHM_NLOCK> slots{};
  std::vector<std::unique_ptr<char[]>> regions;

  int level_of(const OpenFile* who) const {
    for (const auto& [owner, level] : locks)
      if (owner == who) return level;
    return SQLITE_LOCK_NONE;
  }
  void set_level(const OpenFile* who, int level) {
    std::erase_if(locks, [&](const auto& l) { return l.first == who; });
    if (level != SQLITE_LOCK_NONE) locks.emplace_back(who, level);
  }
  int highest_of_others(const OpenFile* who) const {
    int highest = SQLITE_LOCK_NONE;
    for (const auto& [owner, level] : locks)
      if (owner != who) highest = std::max(highest, level);
    return highest;
  }
};

struct FaultVfs::OpenFile {
  sqlite3_file base;  // first: SQLite sees nothing else
  FaultDisk* disk;
  std::string name;
  FaultDisk::File file;
  std::shared_ptr<Shared> shared;
  std::uint64_t era;
  bool sync_directory;                              // with the first sync, because this file was made by this handle
  std::uint32_t shm_shared = 0, shm_exclusive = 0;  // a bit per slot that this connection holds

  bool dead() const { return era != disk->era(); }
};

namespace {

using OpenFile = FaultVfs::OpenFile;

OpenFile& of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file); }

int close(sqlite3_file* file) {
  OpenFile& f = of(file);
  if (f.shared) {
    const std::lock_guard lock(f.shared->mutex);
    f.shared->set_level(&f, SQLITE_LOCK_NONE);
  }
  f.~OpenFile();
  return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_READ;
  std::size_t got = 0;
  const auto wanted = static_cast<std::size_t>(size);
  if (const int code = f.disk->read(*f.file, f.name, static_cast<std::uint64_t>(offset), static_cast<char*>(to), wanted, got);
      code != 0)
    return code;
  if (got == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_WRITE;
  return f.disk->write(*f.file, f.name, static_cast<std::uint64_t>(offset),
                       {static_cast<const char*>(from), static_cast<std::size_t>(size)});
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_TRUNCATE;
  return f.disk->truncate(*f.file, f.name, static_cast<std::uint64_t>(size));
}

int sync(sqlite3_file* file, int) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_FSYNC;
  const int code = f.disk->sync(*f.file, f.name, f.sync_directory);
  if (code == 0) f.sync_directory = false;
  return code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(f.disk->size(*f.file));
  return SQLITE_OK;
}

int lock(sqlite3_file* file, int level) {
  OpenFile& f = of(file);
  const std::lock_guard guard(f.shared->mutex);
  const int held = f.shared->level_of(&f), others = f.shared->highest_of_others(&f);
  if (held >= level) return SQLITE_OK;
  const bool in_the_way = level == SQLITE_LOCK_SHARED     ? others >= SQLITE_LOCK_PENDING
                          : level == SQLITE_LOCK_RESERVED ? others >= SQLITE_LOCK_RESERVED
                                                          : others > SQLITE_LOCK_NONE;
  if (!in_the_way) {
    f.shared->set_level(&f, level);
    return SQLITE_OK;
  }
  // Who waits for the last readers to leave keeps new ones out.
  if (level == SQLITE_LOCK_EXCLUSIVE && others == SQLITE_LOCK_SHARED) f.shared->set_level(&f, SQLITE_LOCK_PENDING);
  return SQLITE_BUSY;
}

int unlock(sqlite3_file* file, int level) {
  OpenFile& f = of(file);
  const std::lock_guard guard(f.shared->mutex);
  if (f.shared->level_of(&f) > level) f.shared->set_level(&f, level);
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* out) {
  OpenFile& f = of(file);
  const std::lock_guard guard(f.shared->mutex);
  *out = f.shared->highest_of_others(&f) >= SQLITE_LOCK_RESERVED;
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
// As the unix VFS has it by default: a write leaves the bytes beside it alone.
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  OpenFile& f = of(file);
  *out = nullptr;
  if (f.dead()) return SQLITE_IOERR_SHMMAP;
  const std::lock_guard guard(f.shared->mutex);
  auto& regions = f.shared->regions;
  while (extend != 0 && regions.size() <= static_cast<std::size_t>(region))
    regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  if (static_cast<std::size_t>(region) < regions.size()) *out = regions[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

void shm_release(OpenFile& f, std::uint32_t mask) {
  for (std::size_t i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    if ((mask & (1u << i)) == 0) continue;
    if ((f.shm_exclusive & (1u << i)) != 0) f.shared->slots[i].exclusive = false;
    if ((f.shm_shared & (1u << i)) != 0) --f.shared->slots[i].shared;
  }
  f.shm_exclusive &= ~mask;
  f.shm_shared &= ~mask;
}

int shm_lock(sqlite3_file* file, int first, int count, int flags) {
  OpenFile& f = of(file);
  if (f.dead()) return SQLITE_IOERR_SHMLOCK;
  const std::lock_guard guard(f.shared->mutex);
  const std::uint32_t mask = ((1u << count) - 1u) << first;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    shm_release(f, mask);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  for (std::size_t i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count); ++i) {
    const auto& slot = f.shared->slots[i];
    const std::size_t others = slot.shared - ((f.shm_shared >> i) & 1u);
    if ((slot.exclusive && ((f.shm_exclusive >> i) & 1u) == 0) || (exclusive && others > 0)) return SQLITE_BUSY;
  }
  shm_release(f, mask);
  for (std::size_t i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count); ++i) {
    if (exclusive) {
      f.shared->slots[i].exclusive = true;
    } else {
      ++f.shared->slots[i].shared;
    }
  }
  (exclusive ? f.shm_exclusive : f.shm_shared) |= mask;
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file* file) { const std::lock_guard guard(of(file).shared->mutex); }

int shm_unmap(sqlite3_file* file, int remove) {
  OpenFile& f = of(file);
  const std::lock_guard guard(f.shared->mutex);
  shm_release(f, ~0u);
  if (remove != 0) f.shared->regions.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods{
    2,         close,          read,         write,       truncate,        sync,    file_size, lock,
    unlock,    check_reserved, file_control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,        nullptr};

FaultDisk& disk_of(sqlite3_vfs* vfs) { return static_cast<FaultVfs*>(vfs->pAppData)->disk(); }

int remove(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  FaultDisk& disk = disk_of(vfs);
  if (!disk.exists(name)) return SQLITE_IOERR_DELETE_NOENT;
  return disk.remove(name, sync_directory != 0);
}

int access(sqlite3_vfs* vfs, const char* name, int, int* out) {
  *out = disk_of(vfs).exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

// What a file system has no part in comes from the system.
sqlite3_vfs* system_vfs() { return sqlite3_vfs_find(nullptr); }
int randomness(sqlite3_vfs*, int size, char* out) { return system_vfs()->xRandomness(system_vfs(), size, out); }
int pause(sqlite3_vfs*, int microseconds) { return system_vfs()->xSleep(system_vfs(), microseconds); }
int current_time(sqlite3_vfs*, double* out) { return system_vfs()->xCurrentTime(system_vfs(), out); }
int current_time_int64(sqlite3_vfs*, sqlite3_int64* out) { return system_vfs()->xCurrentTimeInt64(system_vfs(), out); }
int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

FaultVfs::FaultVfs(FaultDisk& disk) : disk_(disk) {
  static std::atomic<int> made{0};
  name_ = "fault-disk-" + std::to_string(++made);
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  vfs_.xDelete = remove;
  vfs_.xAccess = access;
  vfs_.xFullPathname = full_path;
  vfs_.xRandomness = randomness;
  vfs_.xSleep = pause;
  vfs_.xCurrentTime = current_time;
  vfs_.xCurrentTimeInt64 = current_time_int64;
  vfs_.xGetLastError = last_error;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultVfs::~FaultVfs() { sqlite3_vfs_unregister(&vfs_); }

std::shared_ptr<FaultVfs::Shared> FaultVfs::shared_for(const DiskFile& file) {
  const std::lock_guard lock(mutex_);
  auto& known = shared_[&file];
  auto shared = known.lock();
  if (!shared) known = shared = std::make_shared<Shared>();
  return shared;
}

int FaultVfs::open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto& self = *static_cast<FaultVfs*>(vfs->pAppData);
  file->pMethods = nullptr;  // then SQLite does not close what could not be opened
  static std::atomic<int> nameless{0};
  const std::string path = name != nullptr ? name : "temporary-" + std::to_string(++nameless);
  bool created = false;
  int code = SQLITE_CANTOPEN;
  auto disk_file = self.disk_.open(path, (flags & SQLITE_OPEN_CREATE) != 0, created, code);
  if (disk_file == nullptr) return code;
  auto* opened = new (file) OpenFile{};
  opened->base.pMethods = &kMethods;
  opened->disk = &self.disk_;
  opened->name = path;
  opened->shared = self.shared_for(*disk_file);
  opened->file = std::move(disk_file);
  opened->era = self.disk_.era();
  // The unix VFS syncs the directory with the first sync of a journal or log that it made, not of a database (SQLite
  // 3.40.1, os_unix.c, UNIXFILE_DIRSYNC).
  opened->sync_directory = created && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

}  // namespace chasqui::testing
