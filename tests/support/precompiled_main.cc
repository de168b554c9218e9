// Owns the precompiled header that all tests share: an executable, so that it is compiled with their options.
int main() { return 0; }
