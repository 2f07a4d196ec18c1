// A file of arcs (docs/networks.md, "A file of arcs"), read into memory for a solver.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

struct Arc {
  uint32_t debtor;
  uint32_t creditor;
  int64_t amount;
};

struct Network {
  uint64_t members = 0;
  std::vector<Arc> arcs;
  std::vector<int32_t> weights;  // empty if every arc weighs 1

  int32_t weight(size_t arc) const { return weights.empty() ? 1 : weights[arc]; }
};

inline Network read_network(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "rb");
  if (!file) throw std::runtime_error("cannot open " + path);
  char magic[8];
  uint64_t counts[2];
  auto read = [&](void* to, size_t size, size_t count) {
    if (std::fread(to, size, count, file) != count) throw std::runtime_error(path + " is cut off");
  };
  read(magic, 1, 8);
  read(counts, 8, 2);
  bool plain = std::memcmp(magic, "STFARCS1", 8) == 0;
  if (!plain && std::memcmp(magic, "STFARCSW", 8) != 0)
    throw std::runtime_error(path + " is not a file of arcs");
  Network network;
  network.members = counts[0];
  network.arcs.resize(counts[1]);
  read(network.arcs.data(), sizeof(Arc), counts[1]);
  if (!plain) {
    network.weights.resize(counts[1]);
    read(network.weights.data(), sizeof(int32_t), counts[1]);
  }
  std::fclose(file);
  return network;
}
