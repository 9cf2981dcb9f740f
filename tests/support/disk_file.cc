#include "tests/support/disk_file.h"

#include <algorithm>
#include <cstring>

#include "tests/support/chance.h"

namespace chasqui::testing {
namespace {

constexpr std::uint64_t kSector = 512;

// Writes some of the sectors that [offset, offset + bytes) touches, as a drive does that loses its power meanwhile.
void write_torn(DiskBytes& content, std::uint64_t offset, std::string_view bytes, Chance& chance) {
  const std::uint64_t end = offset + bytes.size();
  for (std::uint64_t at = offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / kSector + 1) * kSector);
    if (chance.one_in(2)) content.write(at, bytes.substr(at - offset, next - at));
    at = next;
  }
}

}  // namespace

DiskBytes::Piece& DiskBytes::own(std::size_t index) {
  auto& piece = pieces_[index];
  if (piece == nullptr) {
    piece = std::make_shared<Piece>();
  } else if (piece.use_count() > 1) {
    piece = std::make_shared<Piece>(*piece);
  }
  return *piece;
}

void DiskBytes::resize(std::uint64_t size) {
  pieces_.resize((size + kPiece - 1) / kPiece);
  if (size < size_ && size % kPiece != 0) {
    Piece& last = own(pieces_.size() - 1);
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(size % kPiece), last.end(), '\0');
  }
  size_ = size;
}

void DiskBytes::write(std::uint64_t offset, std::string_view bytes) {
  if (offset + bytes.size() > size_) resize(offset + bytes.size());
  while (!bytes.empty()) {
    const std::size_t at = offset % kPiece, length = std::min(bytes.size(), kPiece - at);
    std::memcpy(own(offset / kPiece).data() + at, bytes.data(), length);
    bytes.remove_prefix(length);
    offset += length;
  }
}

std::size_t DiskBytes::read(std::uint64_t offset, char* to, std::size_t size) const {
  const std::size_t there = offset >= size_ ? 0 : std::min<std::size_t>(size, size_ - offset);
  for (std::size_t done = 0; done < there;) {
    const std::size_t at = (offset + done) % kPiece, length = std::min(there - done, kPiece - at);
    if (const auto& piece = pieces_[(offset + done) / kPiece]) {
      std::memcpy(to + done, piece->data() + at, length);
    } else {
      std::memset(to + done, 0, length);
    }
    done += length;
  }
  return there;
}

void DiskFile::write(std::uint64_t offset, std::string_view bytes) {
  content_.write(offset, bytes);
  pending_.push_back({false, offset, std::string(bytes)});
}

void DiskFile::truncate(std::uint64_t size) {
  content_.resize(size);
  pending_.push_back({true, size, {}});
}

void DiskFile::sync() {
  for (const auto& change : pending_) {
    if (change.truncates) {
      durable_.resize(change.offset);
    } else {
      durable_.write(change.offset, change.bytes);
    }
  }
  pending_.clear();
}

DiskBytes DiskFile::after_power_cut(const Survival& survival, std::uint64_t seed) const {
  using Writes = Survival::Writes;
  DiskBytes found = durable_;
  if (survival.writes == Writes::none) return found;
  Chance chance(seed);
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    const Change& change = pending_[i];
    const bool last = i + 1 == pending_.size();
    if ((survival.writes == Writes::some || survival.writes == Writes::some_torn) && chance.one_in(2)) continue;
    if (change.truncates) {
      found.resize(change.offset);
    } else if (survival.writes == Writes::some_torn || (survival.writes == Writes::all_but_torn_last && last)) {
      write_torn(found, change.offset, change.bytes, chance);
    } else {
      found.write(change.offset, change.bytes);
    }
  }
  return found;
}

}  // namespace chasqui::testing
