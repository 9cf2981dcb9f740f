// One file of a FaultDisk: what programs see of it, and what a power cut leaves.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::testing {

/// What of the unsynced remains after a power cut. Drives and file systems promise nothing here: any subset, in any order.
struct Survival {
  enum class Writes : std::uint8_t { none, all, some, all_but_torn_last, some_torn };
  enum class Names : std::uint8_t { none, all, some };  ///< files made or removed in a directory that was not synced
  Writes writes = Writes::none;
  Names names = Names::none;
  std::uint64_t seed = 1;  ///< decides for `some` and where a write is torn: between sectors of 512 bytes
};

/// A file's bytes in pieces that copies share until one of them is written: a disk is copied often here, and changed little.
class DiskBytes {
 public:
  std::uint64_t size() const { return size_; }
  void resize(std::uint64_t size);
  void write(std::uint64_t offset, std::string_view bytes);
  /// @return how many there were.
  std::size_t read(std::uint64_t offset, char* to, std::size_t size) const;

 private:
  static constexpr std::size_t kPiece = 4096;
  using Piece = std::array<char, kPiece>;
  Piece& own(std::size_t index);

  std::uint64_t size_ = 0;
  std::vector<std::shared_ptr<Piece>> pieces_;  // shared by the copies; null = zeros; zeros behind the end
};

/// One file: as programs see it, and as it is on the platter.
class DiskFile {
 public:
  DiskFile() = default;
  explicit DiskFile(const DiskBytes& synced) : content_(synced), durable_(synced) {}

  const DiskBytes& content() const { return content_; }
  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync();
  /// A sync that failed. The writes stay visible and never reach the platter, as on Linux since 4.13, where a page counts
  /// as clean after its write-back failed (https://lwn.net/Articles/752063/, April 2018).
  void lose_unsynced() { pending_.clear(); }
  DiskBytes after_power_cut(const Survival& survival, std::uint64_t seed) const;

 private:
  struct Change {
    bool truncates = false;
    std::uint64_t offset = 0;  // the new size when it truncates
    std::string bytes;
  };
  DiskBytes content_;
  DiskBytes durable_;
  std::vector<Change> pending_;
};

}  // namespace chasqui::testing
