// Where stores under test live. A new adapter joins the contract by a home of its own in all_store_kinds().
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ports/loop.h"
#include "ports/store.h"

namespace chasqui::testing {

/// A store and what outlives its process.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  /// A store on the data as it is now, closed. The one before must be closed; it is gone then, where a process would be.
  virtual ports::Store& next_life() = 0;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreHome>(ports::Loop&)> make;

  friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

StoreKind memory_store();
StoreKind sqlite_store();
/// On a disk in memory, so fast; its log is copied back and begun anew after almost every batch, so that this happens between
/// all other things.
StoreKind sqlite_store_with_a_tiny_log();
std::vector<StoreKind> all_store_kinds();

}  // namespace chasqui::testing
