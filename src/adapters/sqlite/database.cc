#include "adapters/sqlite/database.h"

#include <utility>

namespace chasqui::sqlite {

Status Database::open(const std::string& path, Mode mode, const char* vfs) {
  close();
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(path.c_str(), &handle_, flags, vfs) != SQLITE_OK) {
    const Error why = error("open the journal " + path);
    close();
    return why;
  }
  return success();
}

void Database::close() {
  sqlite3_close_v2(handle_);
  handle_ = nullptr;
}

Status Database::run(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error(sql);
  return success();
}

Result<std::int64_t> Database::number(const char* sql) {
  Statement statement;
  if (const auto ready = statement.prepare(*this, sql); !ready) return ready.error();
  const std::int64_t value = statement.step() ? statement.integer(0) : 0;
  if (statement.failed()) return error(sql);
  return value;
}

Error Database::error(std::string_view doing) const {
  const int code = handle_ == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(handle_);
  const std::string detail = std::string("the journal: ") + (handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_)) +
                             " (" + std::string(doing.substr(0, 60)) + ")";
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return corrupt(detail);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return conflict("the journal is in use by another process (" + detail + ")");
    default:
      return unavailable(detail);
  }
}

Status Statement::prepare(Database& database, const char* sql) {
  sqlite3_stmt* made = nullptr;
  if (sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr) != SQLITE_OK)
    return database.error(sql);
  sqlite3_finalize(std::exchange(handle_, made));
  return success();
}

}  // namespace chasqui::sqlite
