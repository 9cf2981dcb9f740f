#include "tests/support/store_homes.h"

#include "adapters/memory/memory_store.h"
#include "adapters/sqlite/sqlite_store.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/temp_directory.h"

namespace chasqui::testing {
namespace {

// The object is the data.
class MemoryHome : public StoreHome {
 public:
  explicit MemoryHome(ports::Loop& loop) : store_(loop) {}
  ports::Store& next_life() override { return store_; }

 private:
  MemoryStore store_;
};

class SqliteHome : public StoreHome {
 public:
  explicit SqliteHome(ports::Loop& loop) : loop_(loop) {}
  ports::Store& next_life() override {
    store_ = nullptr;
    store_ = std::make_unique<SqliteStore>(directory_.file("journal.sqlite"), loop_);
    return *store_;
  }

 private:
  ports::Loop& loop_;
  TempDirectory directory_;
  std::unique_ptr<SqliteStore> store_;
};

class TinyLogHome : public StoreHome {
 public:
  explicit TinyLogHome(ports::Loop& loop) : loop_(loop) {}
  ports::Store& next_life() override {
    store_ = nullptr;
    store_ = std::make_unique<SqliteStore>(sqlite::JournalOptions{"journal.sqlite", vfs_.name(), 1, 100'000}, loop_);
    return *store_;
  }

 private:
  ports::Loop& loop_;
  FaultDisk disk_;
  FaultVfs vfs_{disk_};
  std::unique_ptr<SqliteStore> store_;
};

template <class Home>
StoreKind kind(std::string name) {
  return {std::move(name), [](ports::Loop& loop) { return std::make_unique<Home>(loop); }};
}

}  // namespace

StoreKind memory_store() { return kind<MemoryHome>("MemoryStore"); }
StoreKind sqlite_store() { return kind<SqliteHome>("SqliteStore"); }
StoreKind sqlite_store_with_a_tiny_log() { return kind<TinyLogHome>("SqliteStoreWithATinyLog"); }
std::vector<StoreKind> all_store_kinds() { return {memory_store(), sqlite_store(), sqlite_store_with_a_tiny_log()}; }

}  // namespace chasqui::testing
