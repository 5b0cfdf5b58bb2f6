"""`python -m local.template.translate template.yaml`: print the CloudFormation template that a deployment makes of it.

Linters find in it what a SAM template hides: references to nothing, time-outs that do not fit.
"""

import json
import logging
import sys

from local.template import loader

if __name__ == "__main__":
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of metrics that it would send to nobody
    try:
        print(json.dumps(loader.translate(sys.argv[1]), indent=1))
    except loader.TemplateError as error:
        sys.exit(str(error))
