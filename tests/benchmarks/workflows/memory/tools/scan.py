import hashlib
import sys

found = []
for number in range(200000):
    digest = hashlib.sha256(f"{sys.argv[1]} {number}".encode()).hexdigest()
    if digest.startswith("00"):
        found.append(digest)
with open(sys.argv[2], "w") as file:
    file.writelines(f"{each}\n" for each in sorted(found))
