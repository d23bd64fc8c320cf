"""Texture families of prepared images with pictologics, after a warm run. usage: pictologics_peer.py IMAGES RUNS"""
import json
import statistics
import sys
import time

import numpy as np
from pictologics.features.texture import calculate_all_texture_features

archive = np.load(sys.argv[1])
mask = archive["mask"]
images = [archive[name] for name in archive.files if name != "mask"]
families = ["glcm", "glrlm", "glszm", "ngtdm", "ngldm"]


def run():
    begin = time.process_time()
    for levels in images:
        calculate_all_texture_features(levels, mask, int(levels.max()), families=families)
    return time.process_time() - begin


run()
print(json.dumps({"seconds": statistics.median(run() for _ in range(int(sys.argv[2])))}))
