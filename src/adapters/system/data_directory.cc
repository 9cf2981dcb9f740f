#include "adapters/system/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <utility>

namespace chasqui::system {
namespace {

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace

Result<DataDirectory> DataDirectory::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return unavailable("the data directory " + path + " cannot be made: " + error.message());
  const std::string lock_path = path + "/lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return unavailable("the data directory " + path + " cannot be used: " + std::strerror(errno));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    std::string holder(200, '\0');
    const ssize_t size = pread(lock, holder.data(), holder.size(), 0);
    holder.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    close(lock);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return conflict("the data directory " + path + " is in use by " + (holder.empty() ? "another process" : holder) + "; stop it, or choose another with --data");
  }
  chmod(path.c_str(), 0700);
  const std::string text = "process " + std::to_string(getpid()) + " since " + now_text() + "\n";
  if (ftruncate(lock, 0) != 0 || pwrite(lock, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const std::string reason = std::strerror(errno);
    close(lock);
    return unavailable("the data directory " + path + " cannot be written: " + reason);
  }
  return DataDirectory(lock);
}

DataDirectory::~DataDirectory() {
  if (lock_ >= 0) close(lock_);
}
DataDirectory::DataDirectory(DataDirectory&& other) noexcept : lock_(std::exchange(other.lock_, -1)) {}
DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
  std::swap(lock_, other.lock_);
  return *this;
}

}  // namespace chasqui::system
