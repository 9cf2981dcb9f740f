#include "adapters/openssl/key_file.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace chasqui {
namespace {

constexpr std::size_t kKeySize = 32;

// Closes when it goes out of scope.
struct File {
  int fd = -1;
  explicit File(int opened) : fd(opened) {}
  ~File() {
    if (fd >= 0) close(fd);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
};

Error world(const std::string& path, const char* what) { return unavailable("the key file " + path + " cannot be " + what + ": " + std::strerror(errno)); }

Result<std::string> make(const std::string& path) {
  const std::string key = random_key(), temporary = path + ".new";
  {
    const File file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (file.fd < 0 || fchmod(file.fd, 0600) != 0) return world(temporary, "made");
    if (write(file.fd, key.data(), key.size()) != static_cast<ssize_t>(key.size()) || fsync(file.fd) != 0) return world(temporary, "written");
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return world(path, "made");
  const std::string directory = path.find('/') == std::string::npos ? "." : path.substr(0, path.rfind('/') + 1);
  const File parent(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.fd < 0 || fsync(parent.fd) != 0) return world(directory, "made durable");
  return key;
}

}  // namespace

std::string random_key() {
  std::string key(kKeySize, '\0');
  CHASQUI_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) == 1, "OpenSSL has randomness");
  return key;
}

Result<std::string> load_or_make_key(const std::string& path, const std::string& guarded) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) {
    if (errno != ENOENT) return world(path, "read");
    if (access(guarded.c_str(), F_OK) == 0)
      return corrupt("the key file " + path + " is missing, but " + guarded +
                     " was made with it: put it back from your backup, or move the journal away to start anew");
    return make(path);
  }
  struct stat status{};
  if (fstat(file.fd, &status) != 0) return world(path, "read");
  if ((status.st_mode & 077) != 0) return conflict("the key file " + path + " can be read by others: chmod 600 " + path);
  std::string key(kKeySize + 1, '\0');
  const ssize_t size = read(file.fd, key.data(), key.size());
  if (size < 0) return world(path, "read");
  if (static_cast<std::size_t>(size) != kKeySize) return corrupt("the key file " + path + " must have 32 bytes: put it back from your backup");
  key.resize(kKeySize);
  return key;
}

}  // namespace chasqui
