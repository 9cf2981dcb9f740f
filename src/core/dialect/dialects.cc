#include "core/dialect/dialects.h"

#include "core/dialect/waha/waha.h"

namespace chasqui {

const std::vector<const Dialect*>& all_dialects() {
  static const std::vector<const Dialect*> all{&waha::dialect()};
  return all;
}

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : all_dialects())
    if (dialect->name() == name) return dialect;
  return nullptr;
}

std::string dialect_names() {
  std::string names;
  for (const Dialect* dialect : all_dialects()) names.append(names.empty() ? "" : ", ").append(dialect->name());
  return names;
}

}  // namespace chasqui
