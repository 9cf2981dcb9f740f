// The vehicle for outcomes that a caller must look at (docs/architecture.md, "Errors").
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace chasqui {

/// Why something could not be had. Callers branch on `kind`; `detail` is for people and is never parsed.
struct Error {
  enum class Kind {
    not_found,      ///< there is no such thing
    conflict,       ///< it exists already, or somebody else holds it
    invalid_input,  ///< the caller must change the request; `detail` names the field and the fix
    unavailable,    ///< the world is in the way (disk, network); the same request may succeed later
    corrupt,        ///< stored data cannot be read
  };
  Kind kind = Kind::unavailable;
  std::string detail;

  bool operator==(const Error&) const = default;
};

/// A value or the Error that explains its absence. Only the part that std::expected shares: has_value, *, ->, error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Unit {
  bool operator==(const Unit&) const = default;
};
/// The outcome of an action that yields nothing but success.
using Status = Result<Unit>;
inline Status success() { return Unit{}; }

inline Error invalid_input(std::string detail) { return {Error::Kind::invalid_input, std::move(detail)}; }
inline Error not_found(std::string detail) { return {Error::Kind::not_found, std::move(detail)}; }
inline Error unavailable(std::string detail) { return {Error::Kind::unavailable, std::move(detail)}; }
inline Error conflict(std::string detail) { return {Error::Kind::conflict, std::move(detail)}; }
inline Error corrupt(std::string detail) { return {Error::Kind::corrupt, std::move(detail)}; }

}  // namespace chasqui

/// A broken promise of our own code: say where, and end the process; the journal makes the restart harmless.
#define CHASQUI_CHECK(condition, why)                                                                       \
  do {                                                                                                      \
    if (!(condition)) {                                                                                     \
      std::fprintf(stderr, "%s:%d: check failed: %s: %s\n", __FILE__, __LINE__, #condition, why);           \
      std::abort();                                                                                         \
    }                                                                                                       \
  } while (false)
