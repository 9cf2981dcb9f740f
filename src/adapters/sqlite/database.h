// A thin skin over SQLite's C interface: connections and statements that close themselves.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"

namespace chasqui::sqlite {

/// One connection; used by one thread at a time.
class Database {
 public:
  enum class Mode { read_write, read_only };

  Database() = default;
  ~Database() { close(); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// @param vfs  a registered VFS; nullptr = the system's.
  Status open(const std::string& path, Mode mode, const char* vfs);
  void close();
  Status run(const char* sql);
  /// The first column of the first row; 0 when there is none.
  Result<std::int64_t> number(const char* sql);
  sqlite3* handle() const { return handle_; }
  /// What went wrong last, as an Error: corrupt, conflict (locked by another) or unavailable.
  Error error(std::string_view doing) const;

 private:
  sqlite3* handle_ = nullptr;
};

/// A prepared statement. Bound texts and blobs are borrowed until the next reset.
class Statement {
 public:
  Statement() = default;
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(Statement&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  Statement& operator=(Statement&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Status prepare(Database& database, const char* sql);

  template <class... Values>
  Statement& bind(const Values&... values) {
    int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }
  /// True while there is a row. False at the end and on an error: `failed` tells them apart.
  bool step() {
    code_ = sqlite3_step(handle_);
    return code_ == SQLITE_ROW;
  }
  /// Runs a statement that gives no rows. @return whether it succeeded.
  bool execute() {
    while (step()) {
    }
    const bool done = !failed();
    reset();
    return done;
  }
  bool failed() const { return code_ != SQLITE_ROW && code_ != SQLITE_DONE; }
  void reset() { sqlite3_reset(handle_); }

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  std::string_view bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    return {static_cast<const char*>(data),
            data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }
  bool is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  std::string text(int column) const { return std::string(bytes(column)); }

 private:
  struct Blob {
    std::string_view bytes;
  };
  template <class T>
  void bind_one(int at, const T& value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      sqlite3_bind_int64(handle_, at, static_cast<sqlite3_int64>(value));
    } else if constexpr (std::is_same_v<T, std::optional<OrderKey>>) {
      if (value) {
        sqlite3_bind_int64(handle_, at, static_cast<sqlite3_int64>(*value));
      } else {
        sqlite3_bind_null(handle_, at);
      }
    } else if constexpr (std::is_same_v<T, Blob>) {
      sqlite3_bind_blob64(handle_, at, value.bytes.empty() ? "" : value.bytes.data(), value.bytes.size(), SQLITE_STATIC);
    } else {
      const std::string_view text = value;
      sqlite3_bind_text64(handle_, at, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
  }

 public:
  static Blob blob(std::string_view bytes) { return {bytes}; }

 private:
  sqlite3_stmt* handle_ = nullptr;
  int code_ = SQLITE_DONE;
};

}  // namespace chasqui::sqlite
