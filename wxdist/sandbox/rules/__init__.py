"""What the service accepts and refuses, and when states move: a function a rule.

Each rule names its source, the address of a page of the service, or says "ours" where the
documentation is silent. What refuses without a documented text begins with ``[sandbox]``.
"""
