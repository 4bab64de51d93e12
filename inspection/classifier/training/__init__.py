"""How the classifier of inspection/classifier/model.py is trained; nothing here runs when a contact is inspected."""
